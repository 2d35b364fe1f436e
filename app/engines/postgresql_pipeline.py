"""Prepared statements that are sent over one connection together, and answered later.

libpq collects what is sent until somebody waits for an answer. psycopg's own pipeline writes to the socket with each
statement, and asks beforehand whether it may, which is most of what an event costs (docs/decisions/speed.md). This one
speaks to libpq itself, through psycopg's interface to it (`psycopg.pq`), with psycopg's adapters of values.

Functions that share a pipeline run in greenlets, one at a time: one that needs rows lets the others go on first, so
that what all of them have asked by then takes one round trip.
"""

import itertools
import re
import select
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from greenlet import getcurrent
from psycopg import OperationalError, errors, pq
from psycopg.adapt import PyFormat, Transformer

PARAMETER = re.compile(r"%\((\w+)\)s")
# Of the names of statements. None is given twice, for nobody knows whether a statement that failed is there.
NUMBERS = itertools.count(1)
# The statements that a connection has prepared: by their text, the name and the parameters in their order.
Prepared = dict[str, tuple[bytes, list[str]]]
SUCCEEDED = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}


class Answer:
    """What a statement returns, once it has."""

    def __init__(self, pipeline: "Pipeline") -> None:
        self._pipeline = pipeline
        self.result: Any = None

    def fetchall(self) -> list[Any]:
        """Its rows. Raises psycopg's errors."""
        return self._pipeline.rows(self)


class Pipeline:
    """A pipeline on a connection that does nothing else meanwhile."""

    def __init__(
        self, connection: psycopg.Connection[Any], prepared: Prepared, timeout_seconds: float | None
    ) -> None:
        self._pgconn = connection.pgconn
        self._prepared = prepared
        self._timeout_ms = None if timeout_seconds is None else timeout_seconds * 1000
        self._new: list[str] = []  # statements prepared here: where something fails they may not be there
        self._values = Transformer(connection)
        self._socket = select.poll()
        self._unanswered: deque[Answer | None] = deque()  # None: a statement to be prepared

    @contextmanager
    def open(self) -> Iterator[None]:
        """Send within, and wait at the end for all answers.

        Raises psycopg's errors; the connection can be used again then, or is closed.
        """
        self._pgconn.enter_pipeline_mode()
        try:
            yield
        except BaseException:
            self._end()
            raise
        if failure := self._end():
            raise failure

    def execute(self, sql: str, parameters: Mapping[str, Any] | None) -> Answer:
        """Send a statement. What it fails with comes up when an answer is waited for."""
        name, order = self._prepared.get(sql) or self._prepare(sql)
        values = [parameters[each] for each in order] if parameters else ()
        dumped = self._values.dump_sequence(values, [PyFormat.TEXT] * len(order))
        self._pgconn.send_query_prepared(name, dumped)
        answer = Answer(self)
        self._unanswered.append(answer)
        return answer

    def rows(self, answer: Answer) -> list[Any]:
        """The rows of an answer, after the others had their turn."""
        if answer.result is None and (others := getcurrent().parent) is not None:
            others.switch()
        if answer.result is None:
            self._pgconn.send_flush_request()
        while answer.result is None:
            self._receive()
        self._values.set_pgresult(answer.result)
        return self._values.load_rows(0, answer.result.ntuples, tuple)

    def _prepare(self, sql: str) -> tuple[bytes, list[str]]:
        order = list(dict.fromkeys(PARAMETER.findall(sql)))
        numbered = PARAMETER.sub(lambda found: f"${order.index(found[1]) + 1}", sql).replace("%%", "%")
        made = b"together_%d" % next(NUMBERS), order
        self._pgconn.send_prepare(made[0], numbered.encode())
        self._unanswered.append(None)
        self._new.append(sql)
        self._prepared[sql] = made
        return made

    def _end(self) -> psycopg.Error | None:
        """Wait for all answers and leave the pipeline; what failed first."""
        failure = None
        try:
            self._pgconn.pipeline_sync()
            while self._unanswered:
                try:
                    self._receive()
                except psycopg.Error as error:
                    failure = failure or error
            self._wait()  # for the answer to the sync
            self._pgconn.exit_pipeline_mode()
        except psycopg.Error as error:
            failure = failure or error
        return failure

    def _receive(self) -> None:
        """The next answer. Raises what its statement failed with."""
        answer = self._unanswered.popleft()
        result = self._wait()
        if result is None:
            raise OperationalError("The connection to the database broke.")
        self._wait()  # for the end of its results
        if result.status not in SUCCEEDED:
            error = errors.error_from_result(result)
            # One made earlier may be what failed: gone (a pooler's connection), or its tables have changed under it.
            gone = isinstance(error, errors.FeatureNotSupported | errors.InvalidSqlStatementName)
            for sql in list(self._prepared) if gone else self._new:
                self._prepared.pop(sql, None)
            raise error
        if answer is not None:
            answer.result = result

    def _wait(self) -> Any:
        """The next result; None ends those of a statement. Raises `OperationalError` where the connection breaks."""
        while (unsent := self._pgconn.flush()) or self._pgconn.is_busy():
            self._socket.register(self._pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            if not self._socket.poll(self._timeout_ms):
                self._pgconn.finish()  # a late answer would be taken for that of the next statement
                raise OperationalError("The database did not answer in time.")
            self._pgconn.consume_input()
        return self._pgconn.get_result()
