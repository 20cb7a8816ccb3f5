import { h } from '../dom.js';
import { number, t, won } from '../language.js';
import { doing, say } from '../notice.js';
import { part } from '../part.js';
import { api, cart, session } from '../store.js';

const sorts = ['NEWEST', 'PRICE_ASC', 'PRICE_DESC', 'NAME'];
const pageSize = 24;
const few = 5;
const pauseBeforeSearch = 250;

export async function productsView({ signal, query }) {
  const search = h('input', {
    type: 'search',
    id: 'search',
    maxlength: 100,
    value: query.get('q') ?? '',
    placeholder: t('products.search'),
  });
  const sort = h(
    'select',
    { id: 'sort' },
    sorts.map((name) => h('option', { value: name, selected: name === query.get('sort') }, t(`products.${name}`))),
  );
  const grid = h('ul', { class: 'grid' });
  const found = h('p', { class: 'unseen', role: 'status' });
  const more = h(
    'button',
    { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, () => load(more.dataset.cursor)) },
    t('more'),
  );
  let asked = new AbortController();

  async function load(cursor) {
    asked.abort();
    asked = new AbortController();
    const here = AbortSignal.any([signal, asked.signal]);
    const parameters = new URLSearchParams({ sort: sort.value, limit: pageSize });
    if (search.value.trim()) parameters.set('q', search.value.trim());
    if (cursor) parameters.set('cursor', cursor);
    const { items, nextCursor } = await api.get(`/products?${parameters}`, here);
    if (!cursor) grid.replaceChildren();
    grid.append(...items.map(card));
    if (grid.childElementCount === 0) grid.append(h('li', { class: 'empty' }, t('products.none')));
    found.textContent = items.length > 0 ? t('products.found', { count: grid.childElementCount }) : t('products.none');
    more.hidden = nextCursor === null;
    more.dataset.cursor = nextCursor ?? '';
  }

  // The address follows, so that coming back finds the same list.
  function changed() {
    const kept = new URLSearchParams();
    if (search.value.trim()) kept.set('q', search.value.trim());
    if (sort.value !== sorts[0]) kept.set('sort', sort.value);
    history.replaceState(null, '', kept.size > 0 ? `#/?${kept}` : '#/');
    listed.fill();
  }

  let typing;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(changed, pauseBeforeSearch);
  });
  signal.addEventListener('abort', () => clearTimeout(typing));
  sort.addEventListener('change', changed);

  const listed = part(t('products'), async () => {
    await load();
    return [found, grid, more];
  });
  const popular = part(t('products.popular'), async () =>
    popularOf(await api.get('/products/popular?days=3&limit=5', signal)),
  );
  await Promise.all([popular.fill(), listed.fill()]);
  return h(
    'div',
    { class: 'page' },
    popular.element,
    h(
      'div',
      { class: 'heading' },
      h('h1', { tabindex: -1 }, t('products')),
      h(
        'form',
        {
          role: 'search',
          class: 'search',
          onsubmit: (event) => {
            event.preventDefault();
            clearTimeout(typing);
            changed();
          },
        },
        h('label', { class: 'unseen', htmlFor: 'search' }, t('products.search')),
        search,
        h('label', { class: 'unseen', htmlFor: 'sort' }, t('products.sort')),
        sort,
      ),
    ),
    listed.element,
  );
}

const popularOf = ({ items }) =>
  items.length > 0 &&
  h(
    'section',
    { class: 'popular', 'aria-labelledby': 'popular' },
    h('h2', { id: 'popular' }, t('products.popular')),
    h(
      'ol',
      {},
      items.map((item) =>
        h(
          'li',
          {},
          h(
            'a',
            { href: `#/products/${item.productId}` },
            tile(item),
            h('span', { class: 'rank', 'aria-hidden': 'true' }, String(item.rank)),
            h('strong', {}, item.name),
            h('span', {}, won(item.price)),
            h('span', { class: 'hint' }, t('products.sold', { count: number(item.quantitySold) })),
          ),
        ),
      ),
    ),
  );

/**
 * The product's first image. Without one, or where it does not come, a coloured square with the first letter, the same
 * for the same product.
 */
export function tile({ productId, name, images }) {
  const square = () =>
    h('span', { class: `tile tile-${productId % 6}`, 'aria-hidden': 'true' }, [...name][0]?.toUpperCase());
  const first = images?.[0];
  if (!first) return square();
  const image = h('img', {
    class: 'tile',
    src: first.url,
    alt: first.alt ?? '',
    loading: 'lazy',
    referrerpolicy: 'no-referrer',
    onerror: () => image.replaceWith(square()),
  });
  return image;
}

export function stockOf({ stock, status }) {
  if (status === 'STOPPED') return t('product.stopped');
  if (stock === 0) return t('product.sold-out');
  return stock <= few ? t('product.few', { count: stock }) : t('product.in-stock', { count: number(stock) });
}

export async function addToCart(product, quantity) {
  if (!session.signedIn) {
    say(t('sign-in.first'));
    location.hash = `#/sign-in?then=${encodeURIComponent(`/products/${product.productId}`)}`;
    return;
  }
  await cart.add(product, quantity);
  say(t('product.added', { name: product.name }), { link: { href: '#/cart', text: t('nav.cart') } });
}

function card(product) {
  const add = h(
    'button',
    {
      type: 'button',
      'aria-label': t('product.add-named', { name: product.name }),
      disabled: product.stock === 0,
      onclick: () => doing(add, () => addToCart(product, 1)),
    },
    t('product.add'),
  );
  return h(
    'li',
    { class: 'card' },
    h('a', { href: `#/products/${product.productId}` }, tile(product), h('strong', {}, product.name)),
    h('span', { class: 'price' }, won(product.price)),
    h('span', { class: product.stock <= few ? 'hint few' : 'hint' }, stockOf(product)),
    add,
  );
}
