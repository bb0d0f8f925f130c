// Opens the emulated device and prints what it says of itself, a note a line.
import { createLibtorchBackend } from '../../dist/libs/tensor-libtorch/src/index.js';

for (const dtype of ['bf16', 'fp8']) {
  const ops = await createLibtorchBackend({ threads: 1, device: 'emulated', dtype });
  for (const note of ops.describe().notes) console.log(note);
  ops.close();
}
