/** Said to a page of somebody who is signed in no longer, in a browser that somebody else uses now. */
import { Icon } from "./Icon.tsx"
import { Partial } from "./Partial.tsx"

export const OTHER_READER = "You are signed in as somebody else now."

export const OtherReader = () => (
  <>
    <Partial target="#new-version">
      <div id="new-version">
        <p class="banner banner-news" role="alert">
          <Icon name="lock" />
          <span>
            {OTHER_READER}{" "}
            <button type="button" class="button button-small" data-reload="">
              Reload
            </button>
          </span>
        </p>
      </div>
    </Partial>
    <Partial target="#live" swap="delete">
      {"-"}
    </Partial>
  </>
)
