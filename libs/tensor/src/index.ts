export { toBfloat16, toFloat32 } from './float-convert.js';
export type { StoredDtype, StoredTensor } from './stored-tensor.js';
export { ropeOf, type RopeScaling } from './rope.js';
export { layOut } from './segment-layout.js';
export type { ComputedSegment, LaidSegment, Segment, SegmentLayout } from './segment-layout.js';
export type {
  BackendDescription,
  DeviceMemory,
  HeadGroup,
  KeyValues,
  MemoryForecast,
  MemoryNeed,
  Pass,
  ProductRate,
  Program,
  Rope,
  Rows,
  Tensor,
  TensorOps,
} from './tensor-ops.js';
