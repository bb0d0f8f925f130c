/** What DEVICE may be. */
export const DEVICE_PATTERN = /^(auto|cpu(,cpu)*|cuda(:\d{1,3}(,\d{1,3})*)?)$/;

/** The devices of the engines, one each: `cuda:0,1` stands for cuda:0 and cuda:1. */
export function devicesOf(device: string): readonly string[] {
  const [kind, numbers] = device.split(':') as [string, string?];
  return numbers === undefined ? device.split(',') : numbers.split(',').map((number) => `${kind}:${number}`);
}
