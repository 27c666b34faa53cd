export { plotLog, type LoggedValues } from './curves.js';
export { drawPictures, type DrawnPicture } from './draw.js';
export { plotConfusionMatrix, plotLabelOutcomes, type LabelOutcomes } from './heat_map.js';
export { plotLabelHistogram, plotValueHistogram, type BinnedValues } from './histogram.js';
export type { Picture } from './picture.js';
export { plotRocCurves, type LabelRoc } from './roc.js';
export { plotTrials, type TrialAxes, type TrialPoint } from './trials.js';
