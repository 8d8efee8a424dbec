from setuptools import setup

setup(
    name='buildbot-quorate',
    version='0.1.0',
    description='Lets Buildbot masters work as one, through the quorate-agent beside each',
    license='GPL-2.0-only',
    packages=['buildbot_quorate'],
    python_requires='>=3.9',
    install_requires=['buildbot>=3.7', 'Twisted'],
)
