export { freePorts } from './free-ports.js';
export { lineChart } from './line-chart.js';
export { figuresOf, type LoadFigures } from './load-figures.js';
export { closedLoop, openLoop, poissonSchedule, timed, type LoadRun, type Sample, type Send } from './load-runner.js';
export { markdownTable, percent } from './markdown-table.js';
export { metricSamples, sampleOf, type MetricSamples } from './metric-samples.js';
export {
  childrenOf,
  cpuSecondsOf,
  forgetPeakOf,
  isAlive,
  peakBytesOf,
  residentBytesOf,
  residentBytesOfGroup,
  scheduledSecondsOf,
  type CpuSeconds,
} from './process-facts.js';
export { Random } from './random.js';
export { RerankClient } from './rerank-client.js';
export { Reranker } from './reranker.js';
export { ServerProcess, startServer, withServer, type Variables } from './server-process.js';
export { mean, median, percentile } from './statistics.js';
export { until } from './until.js';
