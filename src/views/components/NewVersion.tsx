/** Said to pages that an older version of the board has made. Nothing is loaded again until the reader wants it. */
import { Icon } from "./Icon.tsx"
import { Announcement, Partial } from "./Partial.tsx"

export const NewVersion = () => (
  <>
    <Partial target="#new-version">
      <div id="new-version">
        <p class="banner banner-news">
          <Icon name="mark" />
          <span>
            A new version is ready.{" "}
            <button type="button" class="button button-small" data-reload="">
              Reload
            </button>
          </span>
        </p>
      </div>
    </Partial>
    <Announcement text="A new version of the board is ready. Reload the page to use it." />
  </>
)
