import { Problem, send } from './http.js';

// The refresh token is a cookie that no script can read, the access token is this page's and gone with it. All tabs
// share who is signed in, which is no secret.

const place = 'shop.session';
const refreshAhead = 30_000;

/** The signed-in user; says so with the event `change`, with `detail: { elsewhere }`: whether another tab did it. */
export class Session extends EventTarget {
  #kept;
  #state;
  #refreshing;

  constructor() {
    super();
    this.#read();
    addEventListener('storage', ({ key }) => {
      if (key === place || key === null) this.#follow();
    });
    // A page that comes back has heard nothing meanwhile.
    addEventListener('pageshow', () => this.#follow());
  }

  get user() {
    return this.#state?.user;
  }

  get signedIn() {
    return this.#state !== null;
  }

  async signIn(email, password) {
    const tokens = await send('POST', '/browser-sessions', { body: { email, password } });
    this.#keep({ ...timed(tokens), user: await userOf(tokens) });
  }

  /** Signed out only once the shop says so: without its answer the cookie is still there. */
  async signOut() {
    try {
      await send('DELETE', '/browser-sessions/current', { token: await this.token() });
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
    }
    this.#keep(null);
  }

  /** The shop has ended the session, so its cookie is worth nothing. */
  end() {
    this.#keep(null);
  }

  /** The user as the shop has them now, such as after a new name. */
  async lookAgain() {
    await this.token();
    await this.#followUser(this.#state);
  }

  /** An access token that is still good, renewed where its time is nearly over; undefined where nobody is signed in. */
  async token() {
    if (this.#state === null) return undefined;
    return this.#state.goodUntil - refreshAhead > Date.now()
      ? this.#state.accessToken
      : this.renew(this.#state.accessToken);
  }

  /** A new access token for one that was refused. Callers that ask meanwhile get the same. */
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
      const tokens = await send('POST', '/browser-sessions/refresh');
      // Signed out, or in as somebody else, here or in another tab: nothing is sent in their name.
      if (this.#state !== before || tokens.userId !== before.user.userId)
        throw new Problem(401, { code: 'auth.unauthenticated' });
      this.#state = { ...timed(tokens), user: before.user };
      await this.#followUser(this.#state);
      return tokens.accessToken;
    } catch (problem) {
      const isOver = problem instanceof Problem && problem.code === 'identity.invalid_credentials';
      const isChanged = this.#follow() || this.#state !== before;
      if (isOver && !isChanged) this.#keep(null);
      if (!isOver && !isChanged) throw problem;
      // The event has told people.
      throw Object.assign(new Problem(401, { code: 'auth.unauthenticated' }), { told: true });
    }
  }

  // The name and the permissions may have changed. The token is good without them: the next refresh asks again.
  async #followUser(state) {
    const user = await userOf(state).catch(() => state.user);
    if (this.#state === state && !isSame(user, state.user)) this.#keep({ ...state, user });
  }

  #keep(state) {
    if (state === null) localStorage.removeItem(place);
    else localStorage.setItem(place, JSON.stringify({ ...state.user, since: Date.now() }));
    this.#kept = localStorage.getItem(place);
    this.#state = state;
    this.#changed(false);
  }

  /** @returns whether another tab has signed in or out. */
  #follow() {
    if (localStorage.getItem(place) === this.#kept) return false;
    this.#read();
    this.#changed(true);
    return true;
  }

  #read() {
    this.#kept = localStorage.getItem(place);
    this.#state = this.#kept === null ? null : { user: JSON.parse(this.#kept) };
  }

  #changed(elsewhere) {
    this.dispatchEvent(new CustomEvent('change', { detail: { elsewhere } }));
  }
}

async function userOf({ accessToken }) {
  const { userId, name, permissions } = await send('GET', '/users/me', { token: accessToken });
  return { userId, name, permissions };
}

const isSame = (user, other) =>
  user.name === other.name && JSON.stringify(user.permissions) === JSON.stringify(other.permissions);

const timed = ({ accessToken, expiresIn }) => ({ accessToken, goodUntil: Date.now() + expiresIn * 1000 });
