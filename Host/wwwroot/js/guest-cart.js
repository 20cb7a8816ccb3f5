import { Problem } from './http.js';
import { newKey } from './intents.js';
import { saleOf } from './sale.js';

// A guest's cart is kept in this browser until it becomes the signed-in user's.

const place = 'shop.cart';
const most = 50;
const mostOfOne = 1000;

const read = () => JSON.parse(localStorage.getItem(place) ?? '[]');

function write(lines) {
  if (lines.length === 0) localStorage.removeItem(place);
  else localStorage.setItem(place, JSON.stringify(lines));
}

/** The guest's cart in the form that the shop has for a user's, with the stock of now. */
export async function load(api, signal) {
  const items = await Promise.all(read().map(async ({ productId, name, price, quantity }) => {
    const product = await api.get(`/products/${productId}`, signal).catch((problem) => {
      if (problem.status === 404) return { status: 'STOPPED', stock: 0 };
      throw problem;
    });
    const reason = saleOf(product) !== 'SELLING' ? 'NOT_FOR_SALE' : product.stock < quantity ? 'OUT_OF_STOCK' : null;
    return { productId, name: product.name ?? name, price: product.price ?? price, quantity,
      available: product.stock, orderable: reason === null, reason };
  }));
  return contents(items);
}

export const empty = { items: [], itemsAmount: 0 };

const contents = (items) => ({ items, itemsAmount: items.filter(({ orderable }) => orderable)
  .reduce((sum, { price, quantity }) => sum + price * quantity, 0) });

export function add({ productId, name, price, stock }, quantity) {
  const lines = read();
  const line = lines.find((other) => other.productId === productId);
  const wanted = (line?.quantity ?? 0) + quantity;
  if (wanted > Math.min(stock, mostOfOne))
    throw new Problem(409, { code: 'catalog.out_of_stock', shortages: [{ productId, available: stock }] });
  if (!line && lines.length === most) throw new Problem(409, { code: 'orders.too_many_lines', maximum: most });
  write(line ? lines.map((other) => other === line ? { ...line, quantity: wanted } : other)
    : [...lines, { productId, name, price, quantity, key: newKey() }]);
}

export const set = (productId, quantity) => write(read().flatMap((line) =>
  line.productId !== productId ? [line] : quantity > 0 ? [{ ...line, quantity, key: newKey() }] : []));

export const clear = () => write([]);

/**
 * Puts the guest's lines into the user's cart, each once, however often it is tried and by how many tabs.
 *
 * @param put sends a line with its key.
 * @returns the lines that the shop refused, each with its problem.
 */
export async function bring(put) {
  const refused = [];
  for (const line of read()) {
    try {
      await put(line);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.unanswered || problem.status === 401 || problem.status === 429)
        throw problem;
      refused.push({ line, problem });
    }
    write(read().filter(({ key }) => key !== line.key));
  }
  return refused;
}
