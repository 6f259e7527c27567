/** Contract: the numbers of this process and of the queue, for whoever watches over them. */
import { Context, type Effect } from "effect"

export class Metrics extends Context.Service<
  Metrics,
  {
    /**
     * In the text format of Prometheus. Never fails: without the database, numbers of the queue stay as they were, and
     * `callboard_database_up` says so.
     */
    readonly text: Effect.Effect<string>
  }
>()("callboard/domain/Metrics") {}
