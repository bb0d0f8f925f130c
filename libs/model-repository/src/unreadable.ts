/** Why a file of a model cannot be read, and what to do. Permissions name the user: in a container it is a number that no one chose. */
export function unreadable(file: string, cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  const what = `${file} cannot be read (${code})`;
  if (code === 'ENOENT') return `${what}: a model folder must hold it`;
  if (code !== 'EACCES') return what;
  return `${what}: the server runs as user ${process.getuid?.()} of group ${process.getgid?.()}; let it read the folder and its files`;
}
