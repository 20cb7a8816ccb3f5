import { h } from '../dom.js';
import { isGone, stockOf, tile } from '../goods.js';
import { named, number, t, won } from '../language.js';
import { form } from '../form.js';
import { part } from '../part.js';
import { stepper } from '../stepper.js';
import { api } from '../store.js';
import { addToCart, productCard } from './product-card.js';

const most = 1000;
const alike = 4;

export async function productView({ signal, parameter }) {
  const [product, { items: categories }] = await Promise.all([
    api.get(`/products/${parameter}`, signal),
    // Where it stands is a help, not the page.
    api.get('/categories', signal).catch(() => ({ items: [] })),
  ]);
  document.title = `${named(product.name)} · ${t('shop')}`;
  const category = categories.find(({ categoryId }) => product.categoryIds.includes(categoryId));
  const more = part(t('product.alike'), async () => {
    const { items } = await api.get(`/products?categoryId=${category.categoryId}&limit=${alike + 1}`, signal);
    const others = items.filter(({ productId }) => productId !== product.productId).slice(0, alike);
    return (
      others.length > 0 &&
      h(
        'section',
        { class: 'more', 'aria-labelledby': 'alike' },
        h('h2', { id: 'alike' }, t('product.alike')),
        h('ul', { class: 'grid' }, others.map(productCard)),
      )
    );
  });
  if (category) await more.fill();
  more.element.classList.add('more');
  return h(
    'div',
    { class: 'page product' },
    h(
      'p',
      { class: 'crumbs' },
      h('a', { href: '#/' }, t('products')),
      category && [
        h('span', { 'aria-hidden': 'true' }, '/'),
        h('a', { href: `#/?category=${category.categoryId}` }, named(category.name)),
      ],
    ),
    gallery(product),
    h(
      'div',
      { class: 'about' },
      h('h1', { tabindex: -1 }, named(product.name)),
      h('p', { class: 'price' }, won(product.price)),
      h('p', {}, stockOf(product)),
      product.description && h('p', { class: 'description' }, named(product.description)),
      limitsOf(product),
      isGone(product)
        ? h(
            'a',
            { class: 'button', href: category ? `#/?category=${category.categoryId}` : '#/' },
            t('product.see-others'),
          )
        : orderForm(product),
    ),
    more.element,
  );
}

function orderForm(product) {
  const quantity = h('input', {
    type: 'number',
    min: 1,
    max: Math.min(most, product.stock, product.maxPerOrder ?? most),
    value: '1',
    required: true,
    inputmode: 'numeric',
    id: 'quantity',
    'aria-describedby': 'quantity-error',
  });
  const add = h('button', {}, t('product.add'));
  const order = form({ quantity }, add, () => addToCart(product, quantity.valueAsNumber), { class: 'order-form' });
  order.append(
    h('div', { class: 'field' }, h('label', { htmlFor: 'quantity' }, t('quantity')), stepper(quantity)),
    add,
    h('p', { class: 'field-error', id: 'quantity-error', hidden: true }),
  );
  return order;
}

const limitsOf = ({ maxPerOrder, maxPerUser }) =>
  (maxPerOrder ?? maxPerUser) !== null &&
  h(
    'p',
    { class: 'hint' },
    [
      maxPerOrder !== null && t('product.per-order', { count: number(maxPerOrder) }),
      maxPerUser !== null && t('product.per-user', { count: number(maxPerUser) }),
    ]
      .filter(Boolean)
      .join(' · '),
  );

/** All images, one of them large. */
function gallery(product) {
  const large = h('div', {});
  const choose = (image) => {
    large.replaceChildren(tile(product, { image, alt: named(image?.alt ?? product.name) }));
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.url === image?.url));
  };
  const buttons =
    product.images.length < 2
      ? []
      : product.images.map((image, index) =>
          h(
            'button',
            {
              type: 'button',
              'data-url': image.url,
              'aria-pressed': 'false',
              'aria-label': t('product.image', { number: index + 1 }),
              onclick: () => choose(image),
            },
            tile(product, { image }),
          ),
        );
  choose(product.images[0]);
  return h(
    'div',
    { class: 'gallery' },
    large,
    buttons.length > 0 &&
      h(
        'ul',
        {},
        buttons.map((button) => h('li', {}, button)),
      ),
  );
}
