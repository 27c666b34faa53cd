/** How a loss joins its elements: their mean, their sum, or not at all. */
export type LossReduction = 'mean' | 'sum' | 'none';
