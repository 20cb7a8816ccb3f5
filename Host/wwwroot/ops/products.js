import { field, h } from '../js/dom.js';
import { number, t, time, won } from '../js/language.js';
import { doing, form, say } from '../js/notice.js';
import { part } from '../js/part.js';
import { api, intents, pageOf } from './store.js';

const most = 1_000_000_000;
const pauseBeforeSearch = 250;

export async function productsView({ signal }) {
  const { items: categories } = await api.get('/categories', signal);
  const rows = h('tbody', {});
  const side = h('div', {});
  const search = h('input', { type: 'search' });
  const status = h(
    'select',
    {},
    ['ALL', 'SELLING', 'STOPPED'].map((name) => h('option', { value: name }, t(`admin.${name}`))),
  );
  const more = h(
    'button',
    { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, () => load(more.dataset.cursor)) },
    t('more'),
  );

  async function load(cursor) {
    const parameters = new URLSearchParams({ status: status.value });
    if (search.value.trim()) parameters.set('q', search.value.trim());
    const { items, nextCursor } = await api.get(pageOf(`/products?${parameters}`, cursor), signal);
    if (!cursor) rows.replaceChildren();
    rows.append(...items.map(rowOf));
    more.hidden = nextCursor === null;
    more.dataset.cursor = nextCursor ?? '';
  }

  function open(panel) {
    side.replaceChildren(panel);
    side.querySelector('input')?.focus();
  }

  const changed = async () => {
    side.replaceChildren(newProduct(changed, categories));
    await products.fill();
  };
  const table = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('ops.products') },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, t('name')),
          h('th', { scope: 'col', class: 'number' }, t('admin.price')),
          h('th', { scope: 'col', class: 'number' }, t('admin.stock')),
          h('th', { scope: 'col' }, t('admin.status')),
          h('td', {}),
        ),
      ),
      rows,
    ),
  );
  const products = part(t('ops.products'), async () => {
    await load();
    return [table, more];
  });
  const reload = () => products.fill();
  let typing;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(reload, pauseBeforeSearch);
  });
  signal.addEventListener('abort', () => clearTimeout(typing));
  status.addEventListener('change', reload);

  function rowOf(product) {
    const { name } = product;
    const edit = h(
      'button',
      {
        class: 'secondary',
        type: 'button',
        'aria-label': t('admin.edit-named', { name }),
        onclick: () => open(editor(product, changed, categories)),
      },
      t('admin.edit'),
    );
    const adjust = h(
      'button',
      {
        class: 'secondary',
        type: 'button',
        'aria-label': t('admin.adjust-named', { name }),
        onclick: () => doing(adjust, async () => open(await adjuster(product, changed, signal))),
      },
      t('admin.adjust'),
    );
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, `${name} `, h('span', { class: 'hint' }, `#${product.productId}`)),
      h('td', { class: 'number' }, won(product.price)),
      h('td', { class: 'number' }, number(product.stock)),
      h('td', {}, h('span', { class: `badge ${product.status.toLowerCase()}` }, t(`admin.${product.status}`))),
      h('td', {}, h('div', { class: 'actions' }, edit, adjust)),
    );
  }

  await changed();
  intents.addEventListener('outcome', reload, { signal });
  return h(
    'div',
    { class: 'page' },
    h('h1', { tabindex: -1 }, t('ops.products')),
    h('div', { class: 'toolbar' }, field(t('products.search'), search), field(t('admin.status'), status)),
    h('div', { class: 'columns' }, products.element, side),
  );
}

const amount = (value, attributes = {}) =>
  h('input', { type: 'number', min: 0, max: most, step: 1, required: true, value: String(value), ...attributes });

/** The fields of both forms that may stay empty. `values` are the members of a request. */
function details(product, categories) {
  const description = h('textarea', { rows: 3, value: product?.description ?? '' });
  const images = h('textarea', { rows: 2, value: (product?.images ?? []).map(({ url }) => url).join('\n') });
  const lowStockThreshold = amount(product ? (product.lowStockThreshold ?? '') : 5, { required: false });
  const chosen = new Set(product?.categoryIds);
  const categoryIds = h(
    'select',
    { multiple: true, size: 4 },
    categories.map(({ categoryId, name }) =>
      h('option', { value: String(categoryId), selected: chosen.has(categoryId) }, name),
    ),
  );
  const alts = new Map((product?.images ?? []).map(({ url, alt }) => [url, alt]));
  return {
    controls: { description, images, lowStockThreshold, categoryIds },
    fields: [
      field(t('admin.description'), description),
      field(t('admin.images'), images),
      field(t('admin.low-stock-threshold'), lowStockThreshold),
      categories.length > 0 && field(t('admin.categories'), categoryIds),
    ],
    values: () => ({
      description: description.value || null,
      images: images.value
        .split(/\s+/)
        .filter(Boolean)
        .map((url) => ({ url, alt: alts.get(url) ?? null })),
      lowStockThreshold: lowStockThreshold.value === '' ? null : lowStockThreshold.valueAsNumber,
      categoryIds: [...categoryIds.selectedOptions].map(({ value }) => Number(value)),
    }),
  };
}

function newProduct(done, categories) {
  const name = h('input', { required: true, maxlength: 200 });
  const price = amount('');
  const stock = amount('');
  const more = details(undefined, categories);
  const submit = h('button', {}, t('admin.create'));
  const create = form(
    { name, price, stock, ...more.controls },
    submit,
    async () => {
      await intents.act('product', { name: name.value }, '/admin/products', {
        name: name.value,
        price: price.valueAsNumber,
        stock: stock.valueAsNumber,
        ...more.values(),
      });
      say(t('admin.created', { name: name.value }));
      await done();
    },
    { class: 'panel' },
  );
  create.append(
    h('h2', {}, t('admin.new-product')),
    field(t('name'), name),
    h('div', { class: 'pair' }, field(t('admin.price'), price), field(t('admin.stock'), stock)),
    ...more.fields.filter(Boolean),
    submit,
  );
  return create;
}

function editor(product, done, categories) {
  const name = h('input', { required: true, maxlength: 200, value: product.name });
  const price = amount(product.price);
  const more = details(product, categories);
  const status = h(
    'select',
    {},
    ['SELLING', 'STOPPED'].map((value) =>
      h('option', { value, selected: value === product.status }, t(`admin.${value}`)),
    ),
  );
  const submit = h('button', {}, t('admin.save'));
  const edit = form(
    { name, price, status, ...more.controls },
    submit,
    async () => {
      await api.patch(`/admin/products/${product.productId}`, {
        name: name.value,
        price: price.valueAsNumber,
        status: status.value,
        ...more.values(),
      });
      say(t('admin.saved', { name: name.value }));
      await done();
    },
    { class: 'panel' },
  );
  edit.append(
    h('h2', {}, t('admin.edit-named', { name: product.name })),
    field(t('name'), name),
    h('div', { class: 'pair' }, field(t('admin.price'), price), field(t('admin.status'), status)),
    ...more.fields.filter(Boolean),
    h(
      'div',
      { class: 'actions' },
      submit,
      h('button', { class: 'secondary', type: 'button', onclick: () => doing(submit, done) }, t('dismiss')),
    ),
  );
  return edit;
}

async function adjuster(product, done, signal) {
  const movements = part(t('admin.movements'), async () =>
    movementsOf(await api.get(`/admin/products/${product.productId}/stock-movements?limit=10`, signal)),
  );
  await movements.fill();
  const delta = h('input', { type: 'number', step: 1, required: true });
  const reason = h('input', { required: true, maxlength: 200 });
  const submit = h('button', {}, t('admin.adjust'));
  const adjust = form(
    { delta, reason },
    submit,
    async () => {
      const wanted = { delta: delta.valueAsNumber, reason: reason.value };
      const { answer, earlier } = await intents.act(
        'stock',
        { name: product.name, delta: wanted.delta },
        `/admin/products/${product.productId}/stock-adjustments`,
        wanted,
      );
      say(
        t(earlier ? 'admin.adjusted-earlier' : 'admin.adjusted', { name: product.name, stock: number(answer.stock) }),
      );
      await done();
    },
    { class: 'panel' },
  );
  adjust.append(
    h('h2', {}, t('admin.adjust-named', { name: product.name })),
    field(t('admin.delta'), delta),
    field(t('admin.reason'), reason),
    h(
      'div',
      { class: 'actions' },
      submit,
      h('button', { class: 'secondary', type: 'button', onclick: () => doing(submit, done) }, t('dismiss')),
    ),
    h('h3', {}, t('admin.movements')),
    movements.element,
  );
  return adjust;
}

const movementsOf = ({ items }) =>
  h(
    'ul',
    { class: 'bars' },
    items.map(({ type, delta, onHandAfter, reason, occurredAt }) =>
      h(
        'li',
        {},
        h(
          'span',
          {},
          `${t(`admin.${type}`)} ${delta > 0 ? '+' : ''}${number(delta)} → ${number(onHandAfter)}`,
          reason && h('span', { class: 'hint' }, ` ${reason}`),
        ),
        h('span', { class: 'hint' }, time(occurredAt)),
      ),
    ),
  );
