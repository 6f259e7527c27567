/** Empties a Redis, and says what it has used. In a file of its own, because only BullMQ's process shall load a client. */
import { Redis } from "ioredis"
import type { ServerLoad } from "./ServerLoad.ts"

const numberIn = (info: string, name: string): number =>
  Number(new RegExp(`^${name}:(\\S+)`, "mu").exec(info)?.[1] ?? Number.NaN)

export const redisLoad = async (path: string): Promise<ServerLoad> => {
  const redis = new Redis({ path })
  const info = await redis.info()
  await redis.quit()
  return {
    cpuSeconds: numberIn(info, "used_cpu_sys") + numberIn(info, "used_cpu_user"),
    statements: numberIn(info, "total_commands_processed")
  }
}

export const emptyRedis = async (path: string): Promise<void> => {
  const redis = new Redis({ path })
  await redis.flushall()
  await redis.quit()
}
