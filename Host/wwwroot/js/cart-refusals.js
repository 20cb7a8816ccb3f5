import { listed, named, sentence, t } from './language.js';
import { say } from './notice.js';

/** Names the products that did not come into the cart, by the reason of each. */
export function sayRefused(refused) {
  const reasons = Map.groupBy(refused, ({ problem }) => sentence(problem));
  const texts = [...reasons].map(([reason, lines]) =>
    t('cart.not-brought', { name: listed(lines.map(({ name }) => named(name))), reason }));
  say(texts.join(' '), { error: true });
}
