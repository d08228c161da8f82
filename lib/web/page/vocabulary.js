// The words of the page. The service answers with them as plain data (lib/control/vocabulary.ts);
// whoever imports the page's scripts outside a browser gets the very same ones from here.
export { VOCABULARY } from "../../control/mod.ts";
