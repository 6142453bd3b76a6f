import { Button } from '@patternfly/react-core/dist/esm/components/Button';
import { CheckIcon } from '@patternfly/react-icons/dist/esm/icons/check-icon';
import { CopyIcon } from '@patternfly/react-icons/dist/esm/icons/copy-icon';
import { useEffect, useRef, useState } from 'react';
import { announce } from '../app/announcer';
import { t } from '../i18n/shell';

const SHOWN_MS = 2_000;

/** A value with a button that copies it. Without https there is no clipboard: the text is selected instead. */
export function CopyText({ text, what, block = false }: { text: string; what: string; block?: boolean }) {
  const value = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy(): Promise<void> {
    if (!(await write(text))) {
      if (value.current) getSelection()?.selectAllChildren(value.current);
      return;
    }
    setCopied(true);
    announce(t('copied'));
  }

  return (
    <span className={block ? 'sw-copy sw-copy--block' : 'sw-copy'}>
      <code ref={value}>{text}</code>
      <Button
        variant="plain"
        size="sm"
        aria-label={copied ? t('copied') : t('copy', { what })}
        icon={copied ? <CheckIcon className="sw-copy__done" /> : <CopyIcon />}
        onClick={() => void copy()}
      />
    </span>
  );
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
