import type { ComponentChildren } from 'preact';
import { onLinkClick } from '../lib/router';

type Props = { href: string; class?: string; current?: boolean; label?: string; children: ComponentChildren };
export function Link({ href, class: className, current, label, children }: Props) {
  return (
    <a href={href} class={className} aria-current={current ? 'page' : undefined} aria-label={label} onClick={onLinkClick}>
      {children}
    </a>
  );
}
