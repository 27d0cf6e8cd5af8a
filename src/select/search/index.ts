/** Distributions of hyper-parameters: the namespace `space`. */

export { choice, Distribution, type Drawn, integer, logUniform, type Space, uniform } from './space.js';
