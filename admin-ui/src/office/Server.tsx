import { st } from '../i18n/staff';
import { api, ok, type School } from '../lib/api';
import { useNetwork, useSchool } from '../lib/data';
import { ago, dateTime, fill, number, plural } from '../lib/format';
import { useResource } from '../lib/resource';
import { size } from '../lib/size';
import { BackupMark, backupState } from './BackupMark';
import { Download } from '../parts/Download';
import { Link } from '../parts/Link';
import { PeerMark } from '../network/LinkMark';
import { Page } from '../parts/Page';
import { Loaded } from '../parts/States';
import { Command } from '../parts/Command';
import { Carry } from './Carry';

function Backup({ school }: { school: School }) {
  const state = backupState(school.backup);
  const words = st().server;
  return (
    <section aria-labelledby="backup">
      <h2 id="backup">{words.backup}</h2>
      <BackupMark state={state} />
      {school.backup && <p class="soft">{fill(words.backupAt, { ago: ago(school.backup.time), date: dateTime(school.backup.time), size: size(school.backup.bytes) })}</p>}
      {state !== 'fresh' && (
        <>
          <p>{state === 'none' ? words.backupText : words.backupAgain}</p>
          <Command text={words.backupCommand} />
        </>
      )}
    </section>
  );
}

/** The node's gauges, which it tells anybody who watches it. */
async function gauges(): Promise<Record<string, number>> {
  const text = await ok(api.GET('/metrics', { parseAs: 'text' })) as string;
  return Object.fromEntries(text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => {
    const at = line.lastIndexOf(' ');
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

function State({ school }: { school: School }) {
  const figures = useResource('school/gauges', gauges).data;
  const words = st().server;
  const files = figures && [plural(figures['estafeta_files{state="held"}'] ?? 0, words.filesHeld), size(figures.estafeta_files_bytes ?? 0)];
  const missing = figures?.['estafeta_files{state="missing"}'] ?? 0;
  return (
    <section aria-labelledby="state">
      <h2 id="state">{words.state}</h2>
      <dl class="facts">
        <div><dt>{words.version}</dt><dd>{school.version}</dd></div>
        <div><dt>{words.records}</dt><dd>{number(school.records)}</dd></div>
        {figures && <div><dt>{words.store}</dt><dd>{size(figures.estafeta_store_bytes ?? 0)}</dd></div>}
        {files && <div><dt>{words.files}</dt><dd>{files.join(', ')}{missing > 0 && `, ${plural(missing, words.filesMissing)}`}</dd></div>}
        <div><dt>{words.clock}</dt><dd>{dateTime(school.time)}</dd></div>
      </dl>
    </section>
  );
}

function Peers() {
  const network = useNetwork();
  const words = st().server;
  return (
    <section aria-labelledby="peers">
      <h2 id="peers">{words.peers}</h2>
      <Loaded of={network} retry="network" rows={2}>
        {(data) => data.peers.length === 0 ? <p class="soft">{words.noPeers}</p> : (
          <ul class="rows">{data.peers.map((one) => <li key={one.school.id} class="row"><span>{one.school.name}</span><PeerMark peer={one} /></li>)}</ul>
        )}
      </Loaded>
      <p><Link href="/network">{words.toNetwork}</Link></p>
    </section>
  );
}

function Export() {
  const words = st().server;
  return (
    <section aria-labelledby="export">
      <h2 id="export">{words.export}</h2>
      <p>{words.exportText}</p>
      <ul class="rows">
        {(['students', 'staff', 'classes'] as const).map((one) => (
          <li key={one} class="row">
            <span><strong>{words.exports[one]}</strong><br /><span class="soft">{words.csv}</span></span>
            <Download href={`/api/v1/${one}.csv`} text="CSV" label={`CSV: ${words.exports[one]}`} />
          </li>
        ))}
        {(['1.2', '1.1'] as const).map((version) => (
          <li key={version} class="row">
            <span><strong>{fill(words.oneroster, { version })}</strong><br /><span class="soft">{words.onerosterText}</span></span>
            <Download href={`/api/v1/export/oneroster?version=${version}`} text="ZIP" label={`ZIP: ${fill(words.oneroster, { version })}`} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How the school's server is, and what can be taken out of it. */
export function Server() {
  const school = useSchool();
  return (
    <Page title={st().server.title} lead={st().server.lead}>
      <Loaded of={school} retry="school">
        {(data) => <><Backup school={data} /><State school={data} /></>}
      </Loaded>
      <Peers />
      <Export />
      <Carry />
    </Page>
  );
}
