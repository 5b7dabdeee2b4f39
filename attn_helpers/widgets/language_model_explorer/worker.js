// What runs beside the page.
import { makeTinyEngine } from "./engine.js";
import { serve } from "./serve.js";

const start = (scope) => serve(scope, makeTinyEngine);

export default start;
