import { describe, expect, it } from 'vitest';
import { faultCode, withFaultCode } from './native-fault.js';

describe('what a GPU reports', () => {
  it.each([
    'CUDA error: an illegal memory access was encountered',
    'CUDA error: device-side assert triggered',
    'CUDA error: uncorrectable ECC error encountered',
    'CUDA error: uncorrectable NVLink error detected during the execution',
    'CUDA error: unspecified launch failure',
    'CUDA error: misaligned address',
    'CUDA error: an illegal instruction was encountered',
    'CUDA error: the launch timed out and was terminated',
    'CUDA error: unknown error',
    'CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx(...)`',
  ])('is the end of the process: %s', (message) => {
    expect(faultCode('DEVICE_FAULT', message)).toBe('DEVICE_FAULT');
  });

  it.each([
    'CUDA error: invalid configuration argument',
    'CUDA error: no kernel image is available for execution on the device',
    'CUDA error: too many resources requested for launch',
    'CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling `cublasLtMatmul(...)`',
  ])('is a refusal that fails the batch alone: %s', (message) => {
    expect(faultCode('DEVICE_FAULT', message)).toBe('INTERNAL');
  });

  it('keeps every other code', async () => {
    expect(faultCode('OUT_OF_MEMORY', 'CUDA out of memory')).toBe('OUT_OF_MEMORY');
    const refused = Object.assign(new Error('CUDA error: invalid argument'), { code: 'DEVICE_FAULT' });
    await expect(withFaultCode(() => Promise.reject(refused))).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(withFaultCode(() => Promise.reject(new RangeError('plain')))).rejects.toThrow(RangeError);
    await expect(withFaultCode(() => Promise.resolve(7))).resolves.toBe(7);
  });
});
