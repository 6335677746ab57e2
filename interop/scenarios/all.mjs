import { gathering } from "./gathering.mjs";
import { parting } from "./parting.mjs";
import { recovering } from "./recovering.mjs";
import { talking } from "./talking.mjs";

/** Every scenario, in the order of the table. `needs` names what a plain URL cannot give. */
export const scenarios = [...talking, ...gathering, ...parting, ...recovering];
