import { Problem, send } from './http.js';

// A tab's sign-in: it ends with the tab, and no other site's page can read it.

const refreshAhead = 30_000;

/** Who is signed in; says so with the event `change`. */
export class Session extends EventTarget {
  #place;
  #state;
  #refreshing;

  constructor(place) {
    super();
    this.#place = place;
    this.#state = JSON.parse(sessionStorage.getItem(place) ?? 'null');
  }

  get user() {
    return this.#state?.user;
  }

  get signedIn() {
    return this.#state !== null;
  }

  async signIn(email, password) {
    const tokens = await send('POST', '/sessions', { body: { email, password } });
    const user = await send('GET', `/users/${tokens.userId}`, { token: tokens.accessToken });
    this.#keep({ ...this.#timed(tokens), user });
  }

  async signOut() {
    const token = await this.token().catch(() => undefined);
    this.#keep(null);
    if (token) await send('DELETE', '/sessions/current', { token });
  }

  /** An access token that is still good, renewed where its time is nearly over; undefined where nobody is signed in. */
  async token() {
    if (this.#state === null) return undefined;
    return this.#state.goodUntil - refreshAhead > Date.now()
      ? this.#state.accessToken
      : this.renew(this.#state.accessToken);
  }

  /** A new access token for one that was refused. Whoever asks meanwhile gets the same. */
  renew(refused) {
    if (this.#state === null) return Promise.resolve(undefined);
    if (this.#state.accessToken !== refused) return Promise.resolve(this.#state.accessToken);
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh() {
    const before = this.#state;
    try {
      const tokens = await send('POST', '/sessions/refresh', { body: { refreshToken: before.refreshToken } });
      // Signed out meanwhile: that stands.
      if (this.#state === before) this.#keep({ ...before, ...this.#timed(tokens) }, { silent: true });
      return tokens.accessToken;
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401 && this.#state === before) this.#keep(null);
      throw problem;
    }
  }

  #timed(tokens) {
    return {
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      goodUntil: Date.now() + tokens.expiresIn * 1000,
    };
  }

  #keep(state, { silent = false } = {}) {
    this.#state = state;
    if (state === null) sessionStorage.removeItem(this.#place);
    else sessionStorage.setItem(this.#place, JSON.stringify(state));
    if (!silent) this.dispatchEvent(new Event('change'));
  }
}
