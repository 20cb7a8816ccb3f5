import { h, icon } from '../dom.js';
import { lateTile } from '../goods.js';
import { named, number, t, won } from '../language.js';
import { nothing } from '../empty-state.js';
import { paged } from '../paged.js';
import { part } from '../part.js';
import { keep, rename } from '../place.js';
import { searching, show, wanted } from '../search.js';
import { api } from '../store.js';
import { productCard } from './product-card.js';

const sorts = ['NEWEST', 'PRICE_ASC', 'PRICE_DESC', 'NAME'];
const pageSize = 24;

export async function productsView({ signal, query }) {
  show(query.get('q'));
  const category = query.get('category');
  const isHome = () => !wanted() && !category;
  const sort = h(
    'select',
    { id: 'sort', class: 'sort', onchange: changed },
    sorts.map((name) => h('option', { value: name, selected: name === query.get('sort') }, t(`products.${name}`))),
  );
  const grid = h('ul', { class: 'grid' });
  const found = h('p', { class: 'unseen', role: 'status' });
  let filter;

  const list = paged(grid, {
    name: 'products',
    size: pageSize,
    get: (parameters, asked) => api.get(`/products?${filter}&${parameters}`, AbortSignal.any([signal, asked])),
    each: productCard,
    none: () => nothing('nothing', t('products.none'), { href: '#/', text: t('products.all') }, 'li'),
  });
  const listed = part(t('products'), async () => {
    // The filter is fixed here: all pages of a list belong to one search.
    filter = new URLSearchParams({ sort: sort.value });
    if (wanted()) filter.set('q', wanted());
    if (category) filter.set('categoryId', category);
    const count = await list.load();
    found.textContent = count > 0 ? t('products.found', { count: number(count) }) : t('products.none');
    return [found, grid, list.more];
  });

  // The address follows, so that coming back finds the same list.
  function changed() {
    const asks = new URLSearchParams();
    if (wanted()) asks.set('q', wanted());
    if (category) asks.set('category', category);
    if (sort.value !== sorts[0]) asks.set('sort', sort.value);
    rename(asks.size > 0 ? `#/?${asks}` : '#/');
    keep({ products: undefined });
    showFront();
    listed.fill();
  }

  searching.addEventListener('search', changed, { signal });
  const popular = part(t('products.popular'), async () =>
    popularOf(await api.get('/products/popular?days=3&limit=5', signal)),
  );
  const categories = part(t('categories'), async () => chips((await api.get('/categories', signal)).items, category));
  const front = h('div', { class: 'part' }, hero(), popular.element);
  const showFront = () => {
    front.hidden = !isHome();
    return isHome() && popular.element.childElementCount === 0 && popular.fill();
  };
  await Promise.all([listed.fill(), categories.fill(), showFront()]);
  return h(
    'div',
    { class: 'page' },
    front,
    h(
      'div',
      { class: 'heading' },
      h('h1', { tabindex: -1 }, t('products')),
      h('label', { class: 'unseen', htmlFor: 'sort' }, t('products.sort')),
      sort,
    ),
    categories.element,
    listed.element,
  );
}

const hero = () =>
  h(
    'section',
    { class: 'hero', 'aria-label': t('hero.title') },
    h(
      'div',
      {},
      h('p', { class: 'slogan' }, t('hero.title')),
      h('p', {}, t('hero.text')),
      h('a', { class: 'button', href: '#/coupons' }, icon('coupons'), t('hero.action')),
    ),
    h(
      'div',
      { class: 'goods', 'aria-hidden': 'true' },
      ['onggi', 'lamp', 'monstera'].map((name) =>
        h('img', { src: `/goods/${name}.svg`, alt: '', width: 240, height: 180, loading: 'lazy' }),
      ),
    ),
  );

/** The categories: the highest ones, and under each on the way to the chosen one those that it has. */
function chips(all, chosen) {
  const byId = new Map(all.map((category) => [category.categoryId, category]));
  const open = new Set([null]);
  for (let id = Number(chosen); byId.has(id); id = byId.get(id).parentId) open.add(id);
  const under = (id) => all.filter(({ parentId }) => parentId === id)
    .flatMap((category) => [category, ...(open.has(category.categoryId) ? under(category.categoryId) : [])]);
  const shown = under(null);
  const chip = (id, text) =>
    h(
      'li',
      {},
      h(
        'a',
        { href: id ? `#/?category=${id}` : '#/', 'aria-current': (id ? String(id) === chosen : !chosen) && 'true' },
        text,
      ),
    );
  return (
    shown.length > 0 &&
    h(
      'ul',
      { class: 'chips', 'aria-label': t('categories') },
      chip(undefined, t('categories.all')),
      shown.map(({ categoryId, name }) => chip(categoryId, named(name))),
    )
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
            lateTile(item),
            h('span', { class: 'rank', 'aria-hidden': 'true' }, String(item.rank)),
            h('strong', {}, named(item.name)),
            h('span', { class: 'price' }, won(item.price)),
            h('span', { class: 'hint' }, t('products.sold', { count: number(item.quantitySold) })),
          ),
        ),
      ),
    ),
  );
