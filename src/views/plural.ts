/** "1 worker", "2 workers" */
export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`
