// Drawings of the demo are loaded from the origin of the page.
const own = /^http:\/\/localhost:\d+(?=\/goods\/)/;

/** The address of a product's image for this page. */
export const addressOf = ({ url }) => url.replace(own, '');
