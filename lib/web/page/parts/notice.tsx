/** What was done, or what kept it from being done. */
import type { Child } from "hono/jsx";
import type { Drawing } from "../drawing.ts";
import type { Tone } from "../../../queue/mod.ts";
import { sentence } from "../../../control/mod.ts";
import { Told } from "./told.tsx";

export interface NoticeProps {
  readonly tone: Tone;
  readonly hint?: string | undefined;
  readonly children?: Child;
}

export function Notice({ tone, hint, children }: NoticeProps): Drawing {
  return (
    <div
      class="notice"
      data-key="notice"
      data-tone={tone}
      role={tone === "bad" ? "alert" : "status"}
    >
      <p>{children}</p>
      {hint
        ? (
          <p class="soft">
            <Told text={sentence(hint)} />
          </p>
        )
        : null}
    </div>
  );
}
