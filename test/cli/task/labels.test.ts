import { describe, expect, it } from 'vitest';
import { ClassIndex, classesFor, inferProblem, namesIn, readLabel } from '../../../lib/cli/task/labels.js';

const rules = (problem: Parameters<typeof readLabel>[0]['problem']) => ({ column: 'label', problem, separator: ',' });

describe('labels', () => {
  it.each([
    [['ham', 'spam'], 'single_label_classification'],
    [['0', '1', '2'], 'single_label_classification'],
    [[0, 1, 10], 'single_label_classification'],
    [['1.5', '2', '-3e1'], 'regression'],
    [['1.0', '2.0'], 'regression'],
    [[1, 2.5], 'regression'],
    [['1.5', 'n/a'], 'single_label_classification'],
    [[['a'], ['a', 'b']], 'multi_label_classification'],
    [[], 'single_label_classification'],
  ])('%j speak of %s', (values, problem) => expect(inferProblem(values)).toBe(problem));

  it('are read by the kind of problem', () => {
    expect(readLabel(rules('single_label_classification'), 3)).toBe('3');
    expect(readLabel(rules('multi_label_classification'), 'joy, anger,,')).toEqual(['joy', 'anger']);
    expect(readLabel(rules('multi_label_classification'), '')).toEqual([]);
    expect(readLabel(rules('multi_label_classification'), ['joy', 2])).toEqual(['joy', '2']);
    expect(readLabel(rules('regression'), ' 2.5')).toBe(2.5);
    expect(() => readLabel(rules('single_label_classification'), '')).toThrow('column label must hold a label');
    expect(() => readLabel(rules('single_label_classification'), null)).toThrow('got null');
    expect(() => readLabel(rules('single_label_classification'), ['a'])).toThrow('got ["a"]');
    expect(() => readLabel(rules('regression'), '')).toThrow('column label must hold numbers, got ""');
  });

  it('are numbered by name, and by number only where no name is one', () => {
    const moods = new ClassIndex(['anger', 'joy']);
    expect(moods.encode('label', 'joy')).toBe(1);
    expect(moods.encode('label', '0')).toBe(0);
    expect(moods.encode('label', ['joy', 'anger'])).toEqual([1, 1]);
    expect(moods.encode('label', [])).toEqual([0, 0]);
    expect(moods.encode('label', 0.25)).toBe(0.25);
    expect(() => moods.encode('label', 'jo')).toThrow('got "jo" (did you mean "joy"?)');
    const stars = new ClassIndex(['1', '2', '3']);
    expect(stars.encode('label', '1')).toBe(0);
    expect(() => stars.encode('label', '0')).toThrow('must hold labels of the training (1, 2, 3), got "0"');
    expect(namesIn(['b', ['c', 'a'], 'b'])).toEqual(['a', 'b', 'c']);
    expect(namesIn(['10', '9', '1'])).toEqual(['1', '9', '10']);
    expect(namesIn(['10', '9', 'a'])).toEqual(['10', '9', 'a']);
  });

  it('are classes of training by the rule by which they are found', () => {
    const moods = ['anger', 'joy'];
    expect(classesFor(moods, ['0', '1', '1'])).toEqual(moods);
    expect(classesFor(moods, ['joy', 'fear'])).toEqual(moods);
    expect(classesFor(moods, ['1', '2', '0'])).toEqual(['0', '1', '2']);
    expect(classesFor(moods, ['fear'])).toEqual(['fear']);
    expect(classesFor([], ['1', '0'])).toEqual(['0', '1']);
    expect(classesFor(['1', '2'], ['0', '1'])).toEqual(['1', '2']);
    expect(classesFor(['3', '4'], ['0', '1'])).toEqual(['0', '1']);
    expect(classesFor(moods, [['0'], []])).toEqual(moods);
  });
});
