// What surrounds the parts when they run: the constants that the server writes in, and the userscript manager's functions.
declare const SERVER: string;
declare const VERSION: string;

interface ManagerReply {
  status: number;
  responseText: string;
  responseHeaders?: string;
}
interface ManagerRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  data?: string;
  timeout: number;
  anonymous: boolean;
  redirect: "error";
  onload: (reply: ManagerReply) => void;
  onerror: () => void;
  onabort: () => void;
  ontimeout: () => void;
}
type ValueListener = (key: string, before: unknown, after: unknown, remote: boolean) => void;

declare const GM_getValue: ((key: string) => unknown) | undefined;
declare const GM_setValue: (key: string, value: unknown) => void;
declare const GM_deleteValue: (key: string) => void;
declare const GM_listValues: () => string[];
declare const GM_addValueChangeListener: ((key: string, listener: ValueListener) => unknown) | undefined;
declare const GM_xmlhttpRequest: ((request: ManagerRequest) => unknown) | undefined;
declare const GM: {
  getValue: (key: string) => Promise<unknown>;
  setValue: (key: string, value: unknown) => Promise<void>;
  deleteValue: (key: string) => Promise<void>;
  listValues: () => Promise<string[]>;
  addValueChangeListener?: (key: string, listener: ValueListener) => unknown;
  xmlHttpRequest: (request: ManagerRequest) => unknown;
};
