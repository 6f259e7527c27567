/** A macro: while the one-file program is built it says what a module exports, which the program then knows without loading it. */
export const namesIn = async (module: string): Promise<ReadonlyArray<string>> => Object.keys(await import(module))
