import { catalogue } from './catalogue';

/** Texts about a server's place in Git. */
export const t = catalogue({
  title: 'Git',
  manifest: 'the manifest',
  free: 'Commit this server’s manifest to Git, and your pipeline can look after it from then on.',
  held: 'Managed from Git by {managers}: what its manifest names is changed there.',
  show: 'Show manifest',
  hide: 'Hide manifest',
  'to.git': 'Leave it to Git alone',
  'to.dashboard': 'Take it back from Git',
  'done.git': 'Leaving {name} to Git',
  'done.dashboard': 'Taking {name} back from Git',
});
