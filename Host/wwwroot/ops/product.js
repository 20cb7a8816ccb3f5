import { h } from '../js/dom.js';
import { t } from '../js/language.js';
import { say } from '../js/notice.js';
import { categoriesView } from './categories.js';
import { controlsOf, editor, fieldsOf, valuesOf } from './editor.js';
import { form } from './form.js';
import { statusBadge } from './inputs.js';
import { productInputs, productLayout } from './product-inputs.js';
import { stockPanel } from './stock.js';
import { api, intents } from './store.js';
import { transferView } from './transfer.js';

/** `#/products/new`, `#/products/categories`, `#/products/csv/0192…`, `#/products/7` or `#/products/7/stock`. */
export async function productView({ id, signal, again }) {
  if (id === 'categories') return categoriesView({ signal, again });
  if (id.startsWith('csv')) return transferView({ importId: id.split('/')[1], signal });
  const { items: categories } = await api.get('/categories', signal);
  if (id === 'new') return newProduct(categories);
  const [productId, part] = id.split('/');
  const tagged = await api.tagged(`/products/${productId}`, signal);
  const product = tagged.body;
  const stock = await stockPanel(product, { signal, isFirst: part === 'stock' });
  const edit = editor({
    get: `/products/${productId}`,
    patch: `/admin/products/${productId}`,
    tagged,
    inputs: productInputs(categories),
    title: t('admin.edit'),
    layout: productLayout,
    saved: async ({ name }) => {
      say(t('admin.saved', { name }));
      await again();
    },
  });
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/products' }, t('ops.products')),
    h('div', { class: 'heading' },
      h('div', {}, h('h1', { tabindex: -1 }, product.name),
        h('p', { class: 'hint' }, [`#${productId}`, product.sku].filter(Boolean).join(' · '))),
      h('div', { class: 'actions' }, statusBadge(product.status, (status) => t(`admin.${status}`)),
        h('a', { class: 'button secondary', href: `/#/products/${productId}` }, t('admin.see-in-shop')))),
    h('div', { class: 'columns' }, edit, stock));
}

function newProduct(categories) {
  const inputs = productInputs(categories, { isNew: true });
  const submit = h('button', {}, t('admin.create'));
  const create = form(controlsOf(inputs), submit, async () => {
    // A member that is left out has the shop's default, which null would not.
    const body = Object.fromEntries(Object.entries(valuesOf(inputs)).filter(([, value]) => value !== null));
    const { answer } = await intents.act('product', { name: body.name }, '/admin/products', body);
    say(t('admin.created', { name: body.name }));
    location.hash = `#/products/${answer.productId}`;
  }, { class: 'panel' });
  create.append(...productLayout(fieldsOf(inputs)), h('div', { class: 'actions' }, submit));
  return h('div', { class: 'page' },
    h('a', { class: 'back', href: '#/products' }, t('ops.products')),
    h('h1', { tabindex: -1 }, t('admin.new-product')), create);
}

