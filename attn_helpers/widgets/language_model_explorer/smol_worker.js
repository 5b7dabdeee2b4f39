// What runs beside the page for SmolLM2.
import { serve } from "./serve.js";
import { makeSmolEngine } from "./smol_engine.js";

const start = (scope) => serve(scope, makeSmolEngine);

export default start;
