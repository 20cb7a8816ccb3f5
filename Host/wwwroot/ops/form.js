import { fieldsOfRefusals } from '../js/form.js';

// The operator's refusals join those of the storefront.
Object.assign(fieldsOfRefusals, {
  'catalog.category_depth': ['parentId'],
  'catalog.category_not_found': ['categoryIds'],
  'catalog.sku_taken': ['sku'],
  'catalog.stock_limit_exceeded': ['delta'],
  'catalog.stock_would_go_negative': ['delta'],
  'coupons.code_taken': ['code'],
  'coupons.quantity_below_issued': ['quantity'],
  'identity.last_admin': ['role'],
  'identity.too_many_staff': ['role'],
  'wallet.insufficient_balance': ['amount'],
  'webhooks.inner_address': ['url'],
});

export { form } from '../js/form.js';
