import { hear } from './shop-clock.js';

// One request to the API, and its answer or its problem.

const base = '/api/v1';

/** A refusal (RFC 9457), or `network` where no answer came. */
export class Problem extends Error {
  /** Whether an earlier try of the same request was not answered. */
  unsure = false;

  /** Whether people have been told already. */
  told = false;

  constructor(status, members, retryAfter) {
    super(members.detail ?? members.title ?? members.code);
    this.status = status;
    this.code = members.code ?? `http.${status}`;
    this.members = members;
    this.errors = members.errors ?? {};
    this.retryAfter = retryAfter;
  }

  /** Whether it does not say what became of the request. */
  get unanswered() {
    return this.status === 0 || this.status >= 500 || this.code === 'idempotency.in_progress';
  }

  /** Whether the same request may well be answered differently in a moment. */
  get passing() {
    return this.code === 'network' || this.status === 503 || this.code === 'idempotency.in_progress';
  }
}

/** @returns the answer's body, or null where there is none. */
export const send = async (method, path, options) => (await exchange(method, path, options)).body;

/** @returns the answer's body, tag and time, and whether it was given before to a request with the same key. */
export async function exchange(method, path, options = {}) {
  const response = await open(method, path, options);
  const replayed = response.headers.get('Idempotent-Replayed') === 'true';
  if (response.status === 204) return { body: null, replayed };
  try {
    const [tag, at] = ['ETag', 'Date'].map((name) => response.headers.get(name));
    return { body: await response.json(), replayed, tag, at: new Date(at) };
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, { code: 'network' });
  }
}

/** @returns the response, once it is known to be a good one. */
export async function open(method, path, { body, file, token, key, tag, accept, signal } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers['Idempotency-Key'] = key;
  if (tag) headers['If-Match'] = tag;
  if (accept) headers.Accept = accept;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (file) headers['Content-Type'] = 'text/csv; charset=utf-8';
  let response;
  try {
    response = await fetch(base + path, {
      method,
      headers,
      body: file ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal,
      cache: 'no-store',
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, { code: 'network' });
  }
  hear(response.headers.get('Date'));
  if (response.ok) return response;
  const members = await response.json().catch(() => ({ detail: response.statusText }));
  throw new Problem(response.status, members, Number(response.headers.get('Retry-After')) || undefined);
}
