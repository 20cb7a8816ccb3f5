const fs = require('node:fs');
const path = require('node:path');
const { bootstrap, dummyPaymentHandler, ProductVariantService, RequestContextService, ShippingMethodService } =
  require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { config } = require('./config');

const columns = 'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,' +
  'trackInventory,variantAssets,variantFacets';

const shop = {
  defaultLanguage: 'en',
  defaultZone: 'Asia',
  countries: [{ name: 'South Korea', code: 'KR', zone: 'Asia' }],
  taxRates: [{ name: 'Standard', percentage: 10 }],
  shippingMethods: [{ name: 'Standard', price: 300 }],
  paymentMethods: [
    {
      name: 'Dummy',
      handler: { code: dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
  ],
  collections: [],
};

/** Fills an empty database and writes what the load needs to know: node seed.js <file> <products>. */
async function seed(file, products) {
  const rows = Array.from({ length: products }, (_, i) =>
    `Product ${i + 1},product-${i + 1},About it,,,,,SKU-${i + 1},${1 + (i % 900)}.00,Standard,1000000000,true,,`);
  const csv = path.join(path.dirname(file), 'products.csv');
  fs.writeFileSync(csv, `${columns}\n${rows.join('\n')}\n`);

  const server = await populate(() => bootstrap(config), shop, csv);
  const context = await server.get(RequestContextService).create({ apiType: 'admin' });
  const variants = await server.get(ProductVariantService).findAll(context, { take: products });
  const methods = await server.get(ShippingMethodService).findAll(context);
  if (variants.items.length !== products) throw new Error(`${variants.items.length} products are there.`);
  fs.writeFileSync(file, JSON.stringify({
    variants: variants.items.map((variant) => variant.id),
    shippingMethod: methods.items[0].id,
    paymentMethod: 'dummy',
  }));
  await server.close();
}

seed(process.argv[2], Number(process.argv[3])).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
