"""Cases of period summaries whose figures were counted by hand."""

# What `so_far` counts: the kind, the starts of questions in the period before, the zone, now, how many start before the
# same local day and clock time. Instants are UTC.
SO_FAR = [
    ("day", ["2026-03-30T11:59:59.999999", "2026-03-30T12:00:00"], "UTC", "2026-03-31T12:00:00", 1),
    ("week", ["2026-03-24T11:59:59", "2026-03-24T12:00:01"], "UTC", "2026-03-31T12:00:00", 1),
    ("month", ["2026-02-28T11:59:59", "2026-02-28T12:00:01"], "UTC", "2026-03-28T12:00:00", 1),
    # February has no 31st: all of it.
    ("month", ["2026-02-28T23:59:59"], "UTC", "2026-03-31T12:00:00", 1),
    ("month", ["2026-03-29T23:59:59", "2026-03-30T13:00:00"], "UTC", "2026-04-30T12:00:00", 1),
    ("year", ["2025-03-31T11:59:59", "2025-03-31T12:00:00"], "UTC", "2026-03-31T12:00:00", 1),
    # 2023 has no 29 February: all before March.
    ("year", ["2023-02-28T23:59:59", "2023-03-01T00:00:00"], "UTC", "2024-02-29T12:00:00", 1),
    ("year", ["2024-02-29T00:00:00", "2024-02-28T11:00:00"], "UTC", "2025-02-28T12:00:00", 1),
    # Summer time began in between: the clock counts, not the hours since midnight.
    ("week", ["2026-03-23T08:30:00", "2026-03-23T09:30:00"], "Europe/Berlin", "2026-03-30T08:00:00", 1),
    ("day", ["2026-03-29T07:30:00", "2026-03-29T08:30:00"], "Europe/Berlin", "2026-03-30T08:00:00", 1),
    # 02:30 came twice the day before: the first one is the limit.
    ("day", ["2026-10-25T00:29:00", "2026-10-25T00:40:00"], "Europe/Berlin", "2026-10-26T01:30:00", 1),
    # 02:30 was skipped the day before: what starts from the jump on shows a later time.
    ("day", ["2026-03-29T00:59:59", "2026-03-29T01:00:00"], "Europe/Berlin", "2026-03-30T00:30:00", 1),
    # Midnight was skipped the day before, which began at 01:00.
    ("day", ["2018-11-04T03:00:00"], "America/Sao_Paulo", "2018-11-05T02:30:00", 0),
]
