/**
 * A UUID v7 of this moment. Without being told the time, Bun goes on from the latest one that it ever saw: after a clock
 * that was ahead was set right, the database would take no job of this process until the clock had caught up.
 */
export const newId = (nowMs = Date.now()): string => Bun.randomUUIDv7("hex", nowMs)
