import { Api } from './api.js';
import { Session } from './session.js';

export const session = new Session('shop.session');
export const api = new Api(session);

/** The address of something that belongs to who is signed in. */
export const mine = (path) => `/users/${session.user.userId}${path}`;

/** The cart as the shop last told it; says so with the event `change`. */
class Cart extends EventTarget {
  contents = { items: [], itemsAmount: 0 };

  async load(signal) {
    return this.#take(session.signedIn ? await api.get(mine('/cart'), signal) : { items: [], itemsAmount: 0 });
  }

  async add(productId, quantity) {
    return this.#take(await api.post(mine('/cart/items'), { productId, quantity }));
  }

  async set(productId, quantity) {
    return this.#take(await api.put(mine(`/cart/items/${productId}`), { quantity }));
  }

  async clear() {
    await api.delete(mine('/cart'));
    return this.#take({ items: [], itemsAmount: 0 });
  }

  #take(contents) {
    this.contents = contents;
    this.dispatchEvent(new Event('change'));
    return contents;
  }
}

export const cart = new Cart();
