import { Api } from './api.js';
import * as guest from './guest-cart.js';
import { Problem } from './http.js';
import { Intents } from './intents.js';
import { Session } from './session.js';

export const session = new Session();
export const api = new Api(session);
export const intents = new Intents('shop.intents', api, session);

/**
 * The address of something that belongs to the signed-in user.
 *
 * @throws {Problem} where the session has ended meanwhile, which people have been told.
 */
export function mine(path) {
  if (!session.signedIn) throw Object.assign(new Problem(401, { code: 'auth.unauthenticated' }), { told: true });
  return `/users/${session.user.userId}${path}`;
}

/**
 * The cart as the shop last told it, or of somebody who has not signed in; says so with the event `change`. One request
 * at a time, so that the last answer is the latest. `changing` counts the changes under way, and is an event too.
 */
class Cart extends EventTarget {
  contents = guest.empty;
  changing = 0;
  #last = Promise.resolve();

  async load(signal) {
    return this.#take(async () => {
      if (!session.signedIn) return guest.load(api, signal);
      const { userId } = session.user;
      const refused = await guest.bring(({ productId, quantity, key }) =>
        api.once({ key, userId }, `/users/${userId}/cart/items`, { productId, quantity }));
      if (refused.length > 0) this.dispatchEvent(new CustomEvent('refused', { detail: refused }));
      return api.get(mine('/cart'), signal);
    });
  }

  add(product, quantity) {
    const { productId, name } = product;
    return this.#change(async () => {
      if (!session.signedIn) return this.#asGuest(() => guest.add(product, quantity));
      const wanted = { productId, quantity };
      const { answer, earlier } = await intents.act('cart', { name, quantity }, mine('/cart/items'), wanted);
      return earlier ? api.get(mine('/cart')) : answer;
    });
  }

  set(productId, quantity) {
    return this.#change(() => session.signedIn
      ? api.put(mine(`/cart/items/${productId}`), { quantity })
      : this.#asGuest(() => guest.set(productId, quantity)));
  }

  clear() {
    return this.#change(async () => {
      if (session.signedIn) await api.delete(mine('/cart'));
      else guest.clear();
      return guest.empty;
    });
  }

  #asGuest(change) {
    change();
    return guest.load(api);
  }

  async #change(request) {
    this.#changing(1);
    try {
      return await this.#take(request);
    } finally {
      this.#changing(-1);
    }
  }

  #changing(more) {
    this.changing += more;
    this.dispatchEvent(new Event('changing'));
  }

  async #take(request) {
    const before = this.#last;
    let done;
    this.#last = new Promise((resolve) => { done = resolve; });
    await before;
    try {
      this.contents = await request();
    } finally {
      done();
    }
    this.dispatchEvent(new Event('change'));
    return this.contents;
  }
}

export const cart = new Cart();
