// What surrounds the parts when they run: the constants that the server writes in, and the userscript manager's functions.

/** The server's origin: no slash at its end. */
declare const SERVER: string;
/** The script's version, as in its metadata. */
declare const VERSION: string;

/** What a manager hands over when an answer has come, whatever its status. */
interface ManagerReply {
  readonly status: number;
  readonly responseText?: string;
  /** One `name: value` a line. */
  readonly responseHeaders?: string;
}

/** At most one of the four functions is called, once; managers have been seen to forget all of them. */
interface ManagerRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  data?: string;
  /** Milliseconds. */
  timeout: number;
  /** Without the cookies of the server's origin. */
  anonymous: boolean;
  /** Managers that do not know it follow redirections. */
  redirect: "error";
  onload: (reply: ManagerReply) => void;
  onerror: () => void;
  onabort: () => void;
  ontimeout: () => void;
}

/** What all three managers show; each may leave out what its system cannot do. */
interface ManagerNotification {
  text: string;
  title?: string;
  /** Without the system's sound; Greasemonkey does not know it. */
  silent?: boolean;
  /** Milliseconds until it goes away; Tampermonkey alone knows it. */
  timeout?: number;
}

/** `remote`: another tab made the change. Not every manager passes the values on. */
type ManagerListener = (key: string, before: unknown, after: unknown, remote: boolean) => void;

// Tampermonkey and Violentmonkey have both families, Greasemonkey 4 has `GM` alone. What can be missing where the other
// functions of its family are there is marked; that a family is there is told by `GM_getValue`. Values are JSON.
declare const GM_getValue: ((key: string) => unknown) | undefined;
declare const GM_setValue: (key: string, value: unknown) => void;
declare const GM_deleteValue: (key: string) => void;
declare const GM_listValues: () => string[];
declare const GM_addValueChangeListener: ((key: string, listener: ManagerListener) => unknown) | undefined;
declare const GM_xmlhttpRequest: ((request: ManagerRequest) => unknown) | undefined;
declare const GM_notification: ((details: ManagerNotification) => unknown) | undefined;
declare const GM: {
  readonly getValue: (key: string) => Promise<unknown>;
  readonly setValue: (key: string, value: unknown) => Promise<void>;
  readonly deleteValue: (key: string) => Promise<void>;
  readonly listValues: () => Promise<string[]>;
  /** Greasemonkey 4 has none: other tabs' changes are found by looking. */
  readonly addValueChangeListener?: (key: string, listener: ManagerListener) => unknown;
  readonly xmlHttpRequest: (request: ManagerRequest) => unknown;
  readonly notification?: (details: ManagerNotification) => unknown;
};
