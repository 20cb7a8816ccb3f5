import { wait } from './dom.js';
import { open, Problem, send } from './http.js';

const attempts = 3;
const longestPause = 5;

/** The API as somebody: with their token, renewed when it is refused, and a key for each thing that is to happen once. */
export class Api {
  #session;
  #keys = new Map();

  constructor(session) {
    this.#session = session;
  }

  get(path, signal) {
    return this.#patiently(() => this.#asUser('GET', path, { signal }), signal);
  }

  put(path, body) {
    return this.#patiently(() => this.#asUser('PUT', path, { body }));
  }

  delete(path) {
    return this.#patiently(() => this.#asUser('DELETE', path, {}));
  }

  /** Not tried again by itself: a PATCH has no key. */
  patch(path, body) {
    return this.#asUser('PATCH', path, { body });
  }

  /**
   * Happens once, however often it has to be sent: while it is not known whether a request arrived, the same request carries the same key, also when a
   * person presses the button again.
   */
  async post(path, body) {
    const request = JSON.stringify([this.#session.user?.userId, path, body]);
    const key = this.#keys.get(request) ?? newKey();
    this.#keys.set(request, key);
    try {
      const answer = await this.#patiently(() => this.#asUser('POST', path, { body, key }));
      this.#keys.delete(request);
      return answer;
    } catch (problem) {
      if (!(problem instanceof Problem && problem.passing)) this.#keys.delete(request);
      throw problem;
    }
  }

  /** A stream of server-sent events: EventSource can't send a token, and a token has no business in an address. */
  async stream(path, signal) {
    return this.#withToken((token) => open('GET', path, { token, signal }));
  }

  #asUser(method, path, options) {
    return this.#withToken((token) => send(method, path, { ...options, token }));
  }

  async #withToken(request) {
    const token = await this.#session.token();
    try {
      return await request(token);
    } catch (problem) {
      if (!token || !(problem instanceof Problem) || problem.code !== 'auth.unauthenticated') throw problem;
      return request(await this.#session.renew(token));
    }
  }

  async #patiently(request, signal) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request();
      } catch (problem) {
        if (!(problem instanceof Problem && problem.passing) || attempt === attempts) throw problem;
        await wait(Math.min(problem.retryAfter ?? 0.5 * attempt, longestPause) * 1000, signal);
      }
    }
  }
}

// randomUUID is there for https and localhost alone.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
