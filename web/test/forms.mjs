// The settings of every block, as a test fills them in: how, in which field, with what, and what the letter then holds.
// A field of an item of a list is "Product 1: Name"; how is what kind of input it is.
const art = /^art-/;

export const forms = {
  heading: [["choose", "level", "Level 1", 1], ["number", "size", 30, 30]],
  text: [["number", "size", 18, 18]],
  image: [["picture", "asset", "A cup of tea", art], ["line", "alt", "Tea in a cup", "Tea in a cup"], ["url", "href", "https://example.com/tea"]],
  button: [["line", "label", "Buy the tea"], ["url", "href", "https://example.com/buy"], ["choose", "variant", "Outline", "outline"], ["switch", "full", true]],
  divider: [["number", "thickness", 4], ["colour", "color", "#336699"]],
  spacer: [["number", "height", 40], ["number", "phoneHeight", 20]],
  columns: [["choose", "layout", "1 : 2", "33-67"], ["switch", "reverse", true]],
  article: [["choose", "layout", "Row", "row"], ["picture", "image", "", art], ["line", "kicker", "From the garden"], ["line", "title", "How we dry mint"],
    ["line", "excerpt", "Slowly and in the shade."], ["url", "href", "https://example.com/mint"], ["line", "cta", "Read how"]],
  event: [["line", "title", "A tasting"], ["moment", "starts", "2026-12-01T18:00"], ["moment", "ends", "2026-12-01T20:30"], ["select", "zone", "Europe/Paris"],
    ["line", "place", "The shop"], ["url", "link", "https://example.com/tasting"], ["line", "host", "Mira"], ["line", "cta", "Take part"], ["switch", "rsvp", true]],
  quote: [["rich", "rich", "Best tea in town."], ["line", "author", "Elena"], ["line", "role", "A customer"], ["picture", "image", "", art]],
  expert: [["line", "question", "How hot?"], ["rich", "rich", "Eighty degrees."], ["line", "author", "Ivo"], ["line", "role", "Tea master"], ["line", "disclosure", "Ivo works for us."]],
  video: [["picture", "thumb", "A kettle on a stove", art], ["line", "alt", "A kettle"], ["url", "href", "https://example.com/film"], ["plain", "length", "3:24"]],
  season: [["line", "kicker", "Winter"], ["line", "title", "Warm evenings"], ["rich", "rich", "Everything for the cold."], ["picture", "asset", "Snow on a roof", art],
    ["day", "endsAt", "2026-12-31"], ["line", "cta", "See all"], ["url", "href", "https://example.com/winter"], ["line", "code", "WINTER"]],
  rating: [["line", "question", "How was it?"], ["choose", "scale", "0–10", "nps"], ["line", "low", "Poor"], ["line", "high", "Splendid"], ["line", "followUp", "Why?"],
    ["url", "routeHigh", "https://example.com/review"]],
  poll: [["line", "question", "Which tea?"], ["line", "Answer 1", "Green", "Green", "options.0"], ["line", "Answer 2", "Black", "Black", "options.1"],
    ["press", "Add an answer"], ["line", "Answer 4", "White", "White", "options.3"], ["switch", "showResults", false]],
  coupon: [["plain", "code", "TEA10"], ["line", "title", "Ten off"], ["line", "terms", "Once for each"], ["line", "cta", "Use it"], ["url", "href", "https://example.com/shop"], ["switch", "qr", true]],
  contest: [["line", "title", "Win a pot"], ["line", "prize", "A teapot"], ["line", "cta", "Take part"], ["moment", "endsAt", "2026-12-20T12:00"]],
  referral: [["line", "text", "Bring a friend"], ["line", "reward", "Five for both"], ["line", "cta", "Invite"], ["url", "href", "https://example.com/friend"],
    ["check", "shareTargets", "Facebook", ["email", "whatsapp", "viber", "facebook"]], ["switch", "showProgress", true]],
  points: [["line", "title", "Your leaves"], ["line", "cta", "Spend them"], ["url", "href", "https://example.com/points"], ["switch", "bar", false]],
  products: [["select", "source", "manual"], ["line", "Product 1: Name", "Mint", "Mint", "items.0.title"],
    ["picture", "Product 1: Picture", "", art, "items.0.image"], ["plain", "Product 1: Price", "4.20 €", "4.20 €", "items.0.price"],
    ["url", "Product 1: Link", "https://example.com/p/mint", "https://example.com/p/mint", "items.0.href"], ["choose", "layout", "3 in a row", "grid3"], ["switch", "showPrice", true]],
  social: [["select", "Link 1: Network", "tiktok", "tiktok", "items.0.network"], ["url", "Link 1: Link", "https://example.com/t", "https://example.com/t", "items.0.href"],
    ["url", "Link 2: Link", "https://example.com/f", "https://example.com/f", "items.1.href"], ["url", "Link 3: Link", "https://example.com/i", "https://example.com/i", "items.2.href"]],
  menu: [["line", "Link 1: Label", "Teas", "Teas", "items.0.label"], ["url", "Link 1: Link", "https://example.com/teas", "https://example.com/teas", "items.0.href"],
    ["url", "Link 2: Link", "https://example.com/news", "https://example.com/news", "items.1.href"], ["url", "Link 3: Link", "https://example.com/us", "https://example.com/us", "items.2.href"]],
  html: [["plain", "code", "<p>Made by hand</p>"]],
};

// names are what the palette calls the types.
export const names = {
  heading: "Heading", text: "Text", image: "Image", button: "Button", divider: "Divider", spacer: "Space", columns: "Columns", article: "Article", event: "Event", quote: "Quote",
  expert: "Expert answer", video: "Video", season: "Seasonal banner", rating: "Rating", poll: "Poll", coupon: "Coupon", contest: "Contest", referral: "Referral", points: "Points",
  products: "Products", social: "Social links", menu: "Menu", html: "Own HTML",
};

// of is a row with its parts named; held is what the block then has at path.
export function of([how, field, given, held = given, path = field]) {
  const [item, part] = /^(Product|Link|Answer) \d/.test(field) ? field.split(": ") : [];
  return { how, field, given, held, path, item, part };
}
