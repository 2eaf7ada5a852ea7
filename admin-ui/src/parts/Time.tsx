import { ago, date, dateTime } from '../lib/format';

export const When = ({ iso }: { iso: string }) => <time dateTime={iso} title={dateTime(iso)}>{date(iso)}</time>;
export const Ago = ({ iso }: { iso: string }) => <time dateTime={iso} title={dateTime(iso)}>{ago(iso)}</time>;
