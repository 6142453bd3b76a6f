import { Button, type ButtonProps } from '@patternfly/react-core/dist/esm/components/Button';
import { useHref, useLinkClickHandler } from 'react-router';

/** A link within the console that looks like a button. */
export function LinkButton({ to, ...rest }: { to: string } & Omit<ButtonProps, 'component' | 'href' | 'onClick' | 'ref'>) {
  const href = useHref(to);
  const go = useLinkClickHandler<HTMLButtonElement>(to);
  return <Button {...rest} component="a" href={href} onClick={go} />;
}
