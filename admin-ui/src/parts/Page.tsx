import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { login } from '../lib/session';
import { HelpButton } from './Help';

type Props = { title: string; lead?: ComponentChildren; aside?: ComponentChildren; above?: ComponentChildren; children: ComponentChildren };
let first = true;

/** A screen: its one h1 takes the focus when the screen is entered, and names the tab. */
export function Page({ title, lead, aside, above, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => { document.title = `${title} · ${t().app}`; }, [title]);
  useEffect(() => {
    if (!first) heading.current?.focus({ preventScroll: true });
    first = false;
  }, []);
  return (
    <>
      <header class="page-head">
        {above}
        <div class="page-title">
          <div>
            <div class="title-line"><h1 tabIndex={-1} ref={heading}>{title}</h1>{login.value.state === 'in' && <HelpButton />}</div>
            {lead && <div class="lead">{lead}</div>}
          </div>
          {aside && <div class="actions">{aside}</div>}
        </div>
      </header>
      {children}
    </>
  );
}
