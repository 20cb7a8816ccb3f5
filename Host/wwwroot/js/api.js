import { wait } from './dom.js';
import { exchange, open, Problem, send } from './http.js';
import { newKey } from './intents.js';

const attempts = 3;
const longestPause = 5;
const longestAnswer = 20_000;

/** The API as a user: with their token, renewed when it is refused. A change that happens once has a key (intents). */
export class Api {
  #session;

  constructor(session) {
    this.#session = session;
  }

  get(path, signal) {
    return this.#patiently(() => this.#asUser('GET', path, { signal }), signal);
  }

  /** A POST that changes nothing, such as a quote. */
  ask(path, body, signal) {
    return this.#patiently(() => this.#asUser('POST', path, { body, signal }), signal);
  }

  put(path, body) {
    return this.#patiently(() => this.#asUser('PUT', path, { body }));
  }

  delete(path) {
    return this.#patiently(() => this.#asUser('DELETE', path, {}));
  }

  /** Something that administrators change: the answer's `body`, and the `tag` that a PATCH of what was seen carries. */
  tagged(path, signal) {
    const request = (token) => exchange('GET', path, { token, signal });
    return this.#patiently(() => this.#withToken(request), signal);
  }

  /** A file in another form than JSON. */
  async file(path, accept) {
    const response = await this.#patiently(() => this.#withToken((token) => open('GET', path, { token, accept })));
    return response.blob();
  }

  /** A CSV, which is taken once, however often it has to be sent. */
  upload(path, file, signal) {
    const key = newKey();
    return this.#patiently(() => this.#asUser('POST', path, { file, key, signal }), signal);
  }

  /** Not tried again by itself: a PATCH has no key. With a `tag` it is refused where somebody else was faster. */
  patch(path, body, tag) {
    return this.#asUser('PATCH', path, { body, tag });
  }

  /** A PUT that is another one the second time, as that of a password is: not tried again by itself. */
  change(path, body) {
    return this.#asUser('PUT', path, { body });
  }

  /**
   * A POST that happens once, however often it has to be sent, as the user whose key it is.
   *
   * @returns the answer's body, and whether it is that of an earlier request with the key.
   * @throws {Problem} with `unsure` where an earlier try was not answered.
   */
  once({ key, userId }, path, body) {
    return this.#patiently(() => this.#withToken((token) => {
      if (this.#session.user?.userId !== userId) throw new Problem(401, { code: 'auth.unauthenticated' });
      return exchange('POST', path, { token, body, key, signal: AbortSignal.timeout(longestAnswer) });
    }));
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
    let unsure = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await request();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        unsure ||= problem.unanswered;
        problem.unsure = unsure;
        if (!problem.passing || attempt === attempts) throw problem;
        await wait(Math.min(problem.retryAfter ?? 0.5 * attempt, longestPause) * 1000, signal);
      }
    }
  }
}
