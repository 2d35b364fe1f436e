// The environment of the parts: the constants that the server writes in, and the userscript manager's functions.

/** The server's origin: no slash at its end. */
declare const SERVER: string;
/** The script's version, as in its metadata. */
declare const VERSION: string;

/** An answer of any status. */
interface ManagerReply {
  readonly status: number;
  readonly responseText?: string;
  /** One `name: value` a line. */
  readonly responseHeaders?: string;
}

/** At most one of the four callbacks is called, once; some managers call none of them. */
interface ManagerRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  data?: string;
  /** Milliseconds. */
  timeout: number;
  /** Send no cookies of the server's origin; Greasemonkey 4 does not know it, and sends them. */
  anonymous: boolean;
  /** Managers that do not know it follow redirects. */
  redirect: "error";
  onload: (reply: ManagerReply) => void;
  onerror: () => void;
  onabort: () => void;
  ontimeout: () => void;
}

/** Supported by all three managers; each may ignore what its system cannot do. */
interface ManagerNotification {
  text: string;
  title?: string;
  /** Without the system's sound; ignored by Greasemonkey. */
  silent?: boolean;
  /** Milliseconds until it disappears; only in Tampermonkey. */
  timeout?: number;
}

/** `remote`: the change was made by another tab. Not every manager passes the values. */
type ManagerListener = (key: string, before: unknown, after: unknown, remote: boolean) => void;

// Tampermonkey and Violentmonkey have both families of functions, Greasemonkey 4 has only `GM`. `GM_getValue` tells whether
// the old family exists; functions that can be missing from an existing family are marked. Values are JSON.
declare const GM_getValue: ((key: string) => unknown) | undefined;
declare const GM_setValue: (key: string, value: unknown) => void;
declare const GM_deleteValue: (key: string) => void;
declare const GM_listValues: () => string[];
declare const GM_addValueChangeListener: ((key: string, listener: ManagerListener) => unknown) | undefined;
declare const GM_xmlhttpRequest: ((request: ManagerRequest) => unknown) | undefined;
declare const GM_notification: ((details: ManagerNotification) => unknown) | undefined;
/** Given without asking; missing in Greasemonkey 4. */
declare const GM_info: { readonly scriptHandler?: string; readonly version?: string } | undefined;
declare const GM: {
  readonly getValue: (key: string) => Promise<unknown>;
  readonly setValue: (key: string, value: unknown) => Promise<void>;
  readonly deleteValue: (key: string) => Promise<void>;
  readonly listValues: () => Promise<string[]>;
  /** Missing in Greasemonkey 4. */
  readonly addValueChangeListener?: (key: string, listener: ManagerListener) => unknown;
  readonly xmlHttpRequest: (request: ManagerRequest) => unknown;
  readonly notification?: (details: ManagerNotification) => unknown;
};
