import { st } from '../i18n/staff';
import type { IssuedCode } from '../lib/api';
import { date, fill } from '../lib/format';
import { Qr } from '../parts/Qr';

/** The sheet that is cut along the lines: a code, a picture, what to do with them. */
export function Slips({ issued }: { issued: IssuedCode[] }) {
  return (
    <ul class="slips">
      {issued.map((one) => (
        <li key={one.code}>
          <Qr text={one.uri} label={one.code} />
          <div>
            <p><strong>{one.name}</strong>{one.class && `, ${one.class}`}</p>
            <p class="code-text">{one.code}</p>
            <p class="soft">{fill(st().accounts.how, { address: new URL('/claim', one.uri).href, date: date(one.expires) })}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
