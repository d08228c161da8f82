/** What lay in a watched folder before its instrument was looked after: counted, and nobody's. */
import { type HomeView, notLookedAfterWords } from "../../../control/mod.ts";
import type { Drawing } from "../drawing.ts";
import { Name } from "../parts/name.tsx";
import { Panel } from "../parts/panel.tsx";

export function NotLookedAfter(
  { there }: { readonly there: HomeView["notLookedAfter"] },
): Drawing {
  return (
    <Panel id="not-looked-after" title="Not looked after">
      <ul class="rows">
        {there.map((one) => (
          <li data-key={`not-looked-after-${one.equipment_id}`}>
            <div>
              <strong>
                <Name text={one.equipment_id} />
              </strong>
              <p class="soft">
                {notLookedAfterWords(one)}, there before its first start. None of it is sent.
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
