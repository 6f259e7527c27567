/** Fewer colours make a picture a third as large; without the program it is only larger. */
export const shrink = (path: string): void => {
  const program = Bun.which("pngquant")
  if (program !== null)
    Bun.spawnSync([program, "--force", "--skip-if-larger", "--speed", "1", "--output", path, "128", path])
}
