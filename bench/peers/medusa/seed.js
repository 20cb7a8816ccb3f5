const fs = require('node:fs');
const { ContainerRegistrationKeys, Modules } = require('@medusajs/framework/utils');
const flows = require('@medusajs/medusa/core-flows');

const atOnce = 100;
const currency = 'usd';

/** Fills an empty database and writes what the load needs to know: medusa exec seed.js <file> <products>. */
module.exports.default = async ({ container, args }) => {
  const [file, products] = [args[0], Number(args[1])];
  const run = async (workflow, input) => (await workflow(container).run({ input })).result;

  const [channel] = await run(flows.createSalesChannelsWorkflow, { salesChannelsData: [{ name: 'Storefront' }] });
  const [key] = await run(flows.createApiKeysWorkflow, {
    api_keys: [{ title: 'Storefront', type: 'publishable', created_by: '' }],
  });
  await run(flows.linkSalesChannelsToApiKeyWorkflow, { id: key.id, add: [channel.id] });
  const [region] = await run(flows.createRegionsWorkflow, {
    regions: [{ name: 'Asia', currency_code: currency, countries: ['kr'], payment_providers: ['pp_system_default'] }],
  });
  await run(flows.createTaxRegionsWorkflow, [
    { country_code: 'kr', provider_id: 'tp_system', default_tax_rate: { name: 'VAT', code: 'vat', rate: 10 } },
  ]);

  const [location] = await run(flows.createStockLocationsWorkflow, {
    locations: [{ name: 'Warehouse', address: { address_1: '1 Road', city: 'Seoul', country_code: 'KR' } }],
  });
  await run(flows.linkSalesChannelsToStockLocationWorkflow, { id: location.id, add: [channel.id] });
  const [profile] = await run(flows.createShippingProfilesWorkflow, { data: [{ name: 'All', type: 'default' }] });
  const fulfillment = await container.resolve(Modules.FULFILLMENT).createFulfillmentSets({
    name: 'Delivery',
    type: 'shipping',
    service_zones: [{ name: 'Korea', geo_zones: [{ type: 'country', country_code: 'kr' }] }],
  });
  const link = container.resolve(ContainerRegistrationKeys.LINK);
  const stockLocation = { stock_location_id: location.id };
  await link.create([
    { [Modules.STOCK_LOCATION]: stockLocation, [Modules.FULFILLMENT]: { fulfillment_provider_id: 'manual_manual' } },
    { [Modules.STOCK_LOCATION]: stockLocation, [Modules.FULFILLMENT]: { fulfillment_set_id: fulfillment.id } },
  ]);
  const [option] = await run(flows.createShippingOptionsWorkflow, [
    {
      name: 'Standard',
      price_type: 'flat',
      provider_id: 'manual_manual',
      service_zone_id: fulfillment.service_zones[0].id,
      shipping_profile_id: profile.id,
      type: { label: 'Standard', description: 'By road', code: 'standard' },
      prices: [{ currency_code: currency, amount: 3 }],
      rules: [
        { attribute: 'enabled_in_store', operator: 'eq', value: 'true' },
        { attribute: 'is_return', operator: 'eq', value: 'false' },
      ],
    },
  ]);

  const variants = [];
  for (let first = 0; first < products; first += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, products - first) }, (_, i) => first + i + 1);
    const created = await run(flows.createProductsWorkflow, {
      products: batch.map((n) => ({
        title: `Product ${n}`,
        description: 'About it',
        status: 'published',
        shipping_profile_id: profile.id,
        sales_channels: [{ id: channel.id }],
        options: [{ title: 'Size', values: ['One'] }],
        variants: [
          {
            title: 'One',
            sku: `SKU-${n}`,
            manage_inventory: true,
            options: { Size: 'One' },
            prices: [{ currency_code: currency, amount: 1 + (n % 900) }],
          },
        ],
      })),
    });
    variants.push(...created.flatMap((product) => product.variants.map((variant) => variant.id)));
  }

  const { data: items } = await container.resolve(ContainerRegistrationKeys.QUERY).graph({
    entity: 'inventory_item',
    fields: ['id'],
  });
  if (items.length !== products || variants.length !== products)
    throw new Error(`${variants.length} variants and ${items.length} stock items of ${products} are there.`);
  await run(flows.createInventoryLevelsWorkflow, {
    inventory_levels: items.map((item) => ({
      inventory_item_id: item.id, location_id: location.id, stocked_quantity: 1_000_000_000,
    })),
  });
  fs.writeFileSync(file, JSON.stringify({
    key: key.token, region: region.id, channel: channel.id, shippingOption: option.id, variants,
  }));
};
